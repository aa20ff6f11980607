// NamedWords: words of a question that found nothing as text and are names of addresses: which term
// asks for those.

import { useNamedWords } from "../state/search";

export function NamedWords({ q, onAsk }: { q: string; onAsk: (q: string) => void }) {
  return (
    <>
      {useNamedWords(q).map(({ name, term, q: next }) => (
        <p key={name} data-testid="named-word">
          “{name}” is a name of an address, and was looked for in the heads alone. Who has it is
          asked for with{" "}
          <button type="button" className="link mono" onClick={() => onAsk(next)}>
            {term}
          </button>
        </p>
      ))}
    </>
  );
}
