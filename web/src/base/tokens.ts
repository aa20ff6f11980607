// Lines of coloured pieces, as every text view of the page shows them.

export type TokenKind = "key" | "string" | "number" | "word" | "mark" | "text";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

export type Line = readonly Token[];
