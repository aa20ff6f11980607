// PartTerms: values of a question that found nothing as wholes, and what asks for them as parts.

import { usePartTerms } from "../state/part_terms";

export function PartTerms({ q, onAsk }: { q: string; onAsk: (q: string) => void }) {
  return (
    <>
      {usePartTerms(q).map(({ field, whole, term, q: next }) => (
        <p key={next} data-testid="part-term">
          “{whole}” was looked for as the whole of <span className="mono">{field}</span>. What has
          it as a part is asked for with{" "}
          <button type="button" className="link mono" onClick={() => onAsk(next)}>
            {term}
          </button>
        </p>
      ))}
    </>
  );
}
