// What the scripts of the pages find there, and no library of types knows.

declare const IS_ALONE: boolean; // put in by make.mjs

interface Window {
  handgrad: any;
}

// A browser writes a number as text.
interface Element {
  setAttribute(name: string, value: number): void;
}
