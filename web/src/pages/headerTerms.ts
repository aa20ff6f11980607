// What a header line or a parameter stands for in the filter language; null for what cannot be
// asked for by name, or would be longer than a question may be.

import { type Header, wireText } from "../api/types";
import { fieldTerm, valueText } from "../state/terms";

export const kSecretNames = ["authorization", "proxy-authorization"];

// Whether a header's value holds a secret that is shown only when it is asked for.
export function isSecret(header: Header): boolean {
  return kSecretNames.includes(header.name.toLowerCase()) && header.value.includes(" ");
}

// Names that a field of the language can end with; "_" and "." mean the same there.
const kName = /^[A-Za-z0-9-]+$/;
const kTermMax = 1_000;

function named(field: string, name: string, value: string): string | null {
  if (!kName.test(name)) return null;
  const text = fieldTerm(`${field}.${name.toLowerCase()}`, valueText(value));
  return text.length > kTermMax ? null : text;
}

// A value that is hidden is not written into the address.
export function headerTerm(side: "request" | "response", header: Header): string | null {
  if (header.no_colon === true || isSecret(header)) return null;
  const name = wireText(header.name);
  if (header.value === "")
    return kName.test(name) ? `${side}.header.${name.toLowerCase()}:*` : null;
  return named(`${side}.header`, name, header.value);
}

export function parameterTerm(name: string, value: string): string | null {
  // The names of parameters are compared as they are.
  if (!kName.test(name)) return null;
  const text = fieldTerm(`param.${name}`, value === "" ? '""' : valueText(value));
  return text.length > kTermMax ? null : text;
}
