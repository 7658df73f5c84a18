import js from '@eslint/js';
import boundaries from 'eslint-plugin-boundaries';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** Rooms of src/ whose code never imports another of them: `node` brings them together. */
const middleRooms = ['identity', 'openai', 'engine', 'mesh', 'chain', 'verify', 'ledger', 'storage'];

const element = (type) => ({ element: { type } });
const elements = (types) => ({ element: { types: { anyOf: types } } });

export default ts.config(
  {
    ignores: ['dist/', 'public/', 'node_modules/', 'test-results/', 'playwright-report/', '.cache/', '**/*.json'],
  },
  js.configs.recommended,
  ...ts.configs.strictTypeChecked,
  ...ts.configs.stylisticTypeChecked,
  ...svelte.configs.recommended,
  {
    languageOptions: {
      globals: { ...globals.browser, ...globals.node },
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js', 'svelte.config.js', 'tools/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      // Numbers and booleans in messages are wanted; objects are still refused.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Index access under noUncheckedIndexedAccess is `T | undefined`; in kernels and codecs the bound is the loop's.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    rules: {
      // svelte-check reports these with the compiler's own knowledge of templates and generics.
      'no-undef': 'off',
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  {
    files: ['eslint.config.js', 'svelte.config.js', 'tools/*.mjs'],
    ...ts.configs.disableTypeChecked,
  },
  {
    files: ['src/**/*.ts', 'src/**/*.svelte', 'relay-server/**/*.ts', 'tools/**/*.ts'],
    plugins: { boundaries },
    settings: {
      'boundaries/elements': [
        { type: 'protocol', pattern: 'src/protocol' },
        ...middleRooms.map((room) => ({ type: room, pattern: `src/${room}` })),
        { type: 'node', pattern: 'src/node' },
        { type: 'ui', pattern: 'src/ui' },
        { type: 'relay', pattern: 'relay-server' },
        { type: 'tools', pattern: 'tools' },
        { type: 'sw', pattern: 'src/sw' },
      ],
      'boundaries/files': [{ category: 'entry', pattern: 'src/*.ts' }],
      'boundaries/include': ['src/**/*', 'relay-server/**/*', 'tools/**/*'],
      'import/resolver': { node: { extensions: ['.ts', '.svelte', '.js', '.json'] } },
    },
    rules: {
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          policies: [
            { from: elements(['*']), allow: { to: { module: { origin: ['external', 'core'] } } } },
            { from: element('protocol'), allow: { to: element('protocol') } },
            ...middleRooms.map((room) => ({ from: element(room), allow: { to: elements(['protocol', room]) } })),
            { from: element('node'), allow: { to: elements(['protocol', ...middleRooms, 'node']) } },
            { from: element('ui'), allow: { to: elements(['protocol', 'node', 'ui']) } },
            {
              from: elements(['relay', 'tools']),
              allow: { to: elements(['protocol', ...middleRooms, 'node', 'relay', 'tools']) },
            },
            { from: element('sw'), allow: { to: elements(['protocol', 'openai', 'sw']) } },
            {
              from: { file: { categories: 'entry' } },
              allow: { to: elements(['protocol', ...middleRooms, 'node', 'ui', 'sw']) },
            },
          ],
        },
      ],
      'boundaries/no-unknown-dependencies': 'error',
    },
  },
);
