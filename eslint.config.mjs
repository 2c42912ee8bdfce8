/* What is checked in the scripts of assets/js and their tests (npm run lint). */
import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["assets/00-vendor/", "assets/js/10-chart-templates.js"] },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: "error",
      "no-shadow": "error",
      "no-unused-vars": ["error", { caughtErrors: "all", argsIgnorePattern: "^_" }],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  {
    files: ["assets/js/**/*.js", "assets/tracker.js"],
    languageOptions: { sourceType: "script", globals: { ...globals.browser, React: "readonly", tus: "readonly" } },
    // What a page is made of is text, never markup (the templates of core/base/html.py are).
    rules: {
      strict: ["error", "function"],
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Texts are put in as texts." },
        { property: "outerHTML", message: "Texts are put in as texts." },
        { property: "insertAdjacentHTML", message: "Texts are put in as texts." },
      ],
    },
  },
  { files: ["tests/assets/**/*.mjs"], languageOptions: { globals: globals.node } },
];
