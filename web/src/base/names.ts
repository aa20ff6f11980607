// Names of machines that somebody wrote where the filter language wants something else: which term
// asks for them. Pure.

interface Token {
  readonly kind: string;
  readonly offset: number;
  readonly length: number;
}

export interface NameTerm {
  readonly name: string;
  readonly term: string; // "server.name:shop.test"
  readonly q: string; // the whole text with it
}

const kName = /^(?=.*[A-Za-z])[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$/;
// Fields of addresses, and which one asks for the names of the same.
const kFields: Readonly<Record<string, string>> = {
  server: "server.name",
  "server.ip": "server.name",
  client: "client.name",
  "client.ip": "client.name",
  ip: "name",
};

const textOf = (q: string, { offset, length }: Omit<Token, "kind">): string =>
  q.slice(offset, offset + length);

function withTerm(q: string, from: number, to: number, field: string, name: string): NameTerm {
  const term = `${field}:${name}`;
  return { name, term, q: q.slice(0, from) + term + q.slice(to) };
}

// Of a problem: what is no address may be a name. Null when it is something else.
export function nameAtProblem(
  q: string,
  tokens: readonly Token[],
  problem: Omit<Token, "kind">,
): NameTerm | null {
  const at = tokens.findIndex(({ offset }) => offset === problem.offset);
  const [field, comparison, value] = [tokens[at - 2], tokens[at - 1], tokens[at]];
  if (field?.kind !== "field" || comparison === undefined || value?.kind !== "value") return null;
  const asks = kFields[textOf(q, field).toLowerCase()];
  const name = textOf(q, value);
  if (asks === undefined || textOf(q, comparison) !== ":" || !kName.test(name)) return null;
  return withTerm(q, field.offset, value.offset + value.length, asks, name);
}

const kWordsMax = 3;

// Free words that could be names; whether they are, only Spider knows.
export function namesAmongWords(q: string, tokens: readonly Token[]): NameTerm[] {
  return tokens
    .filter((token) => token.kind === "word" && kName.test(textOf(q, token)))
    .slice(0, kWordsMax)
    .map((token) => {
      const { offset, length } = token;
      return withTerm(q, offset, offset + length, "name", textOf(q, token));
    });
}
