/** A file that the bundler takes in as text. */
declare module "*.css" {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: that is how the text comes
  export default text;
}
