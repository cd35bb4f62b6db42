import tseslint from 'typescript-eslint';
import { builtinModules } from 'node:module';

const nodeBuiltins = [...builtinModules, ...builtinModules.map((name) => `node:${name}`)];

export default tseslint.config(
  {
    ignores: [
      'console/api/schema.d.ts',
      'dist/**',
      'node_modules/**',
      '.clawback/**',
      '.cache/**',
      '**/*.mjs',
      '**/*.cjs',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json', './console/tsconfig.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    // An activity is async by contract even where its body awaits nothing; a port's fake likewise.
    files: ['activities/**', 'workflows/**', 'test/**'],
    rules: { '@typescript-eslint/require-await': 'off' },
  },
  {
    // The rule overflows the stack on Mongoose's recursive types (typescript-eslint 8.73).
    files: ['store/**'],
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  {
    // Workflow code runs in Temporal's deterministic sandbox: no I/O, no Node.
    files: ['workflows/**'],
    rules: {
      'no-restricted-imports': ['error', { paths: [...nodeBuiltins, 'mongoose', 'zod', 'express'] }],
      'no-restricted-globals': ['error', 'process', 'fetch'],
    },
  },
  { files: ['cli/**', 'bench/**', 'test/**/record.ts'], rules: { 'no-console': 'off' } },
);
