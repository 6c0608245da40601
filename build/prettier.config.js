/** Formatting: one width, one quote, no discussion. */
export default { printWidth: 100, singleQuote: true };
