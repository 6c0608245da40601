export interface ReportedTests {
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages: readonly string[];
  }[];
}
export function flakyTests(testResults: readonly ReportedTests[]): string[];
