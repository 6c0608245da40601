/**
 * Names of the tests in a vitest JSON report that passed at their second try: such a test keeps the failure of its first.
 * @param {readonly { assertionResults: readonly { fullName: string, status: string, failureMessages: readonly string[] }[] }[]} testResults
 * @returns {string[]}
 */
export function flakyTests(testResults) {
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status, failureMessages }) => status === 'passed' && failureMessages.length > 0)
    .map(({ fullName }) => fullName);
}
