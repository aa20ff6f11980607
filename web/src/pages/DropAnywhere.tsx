// DropAnywhere: capture files that are dropped on any part of the page go to an UPLOAD whisperer:
// the one that is looked at, the only one, a new one where there is none; of several the one that
// is chosen then. Without it the browser would leave the page for the file.

import { useEffect, useRef, useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { problemOf, wordsOf } from "../api/problem";
import { createWhisperer } from "../api/whisperers";
import { plural } from "../base/format";
import { useWhisperers } from "../state/data";
import { handOver } from "../state/handed";
import { openWhisperers } from "../state/whispererPlace";
import { Dialog } from "../widgets/Dialog";
import { Icon } from "../widgets/Icon";

const kNewName = "uploads";

const hasFiles = (event: DragEvent): boolean =>
  event.dataTransfer?.types.includes("Files") === true;

export function DropAnywhere({ looked }: { looked: string | null }) {
  const [over, setOver] = useState(false);
  const [trouble, setTrouble] = useState("");
  const [asked, setAsked] = useState<readonly File[] | null>(null); // where to is asked
  const queries = useQueryClient();
  const { data } = useWhisperers(false);
  const uploads = (data?.items ?? []).filter(({ type }) => type === "UPLOAD");
  const names = uploads.map(({ name }) => name);
  const target = names.find((name) => name === looked) ?? (names.length > 1 ? null : names[0]);
  const give = (files: readonly File[], name: string): void => {
    setAsked(null);
    handOver(files);
    openWhisperers({ name, part: "uploads" });
  };
  const take = useRef(async (_: readonly File[]): Promise<void> => undefined);
  take.current = async (files) => {
    try {
      setTrouble("");
      if (target === null) return setAsked(files);
      if (target === undefined) {
        await createWhisperer({ name: kNewName, type: "UPLOAD" });
        await queries.invalidateQueries({ queryKey: ["whisperers"] });
      }
      give(files, target ?? kNewName);
    } catch (error) {
      setTrouble(wordsOf(problemOf(error)));
    }
  };
  useEffect(() => {
    const move = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      setOver(!event.defaultPrevented); // a place that takes files shows so itself
      event.preventDefault();
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      setOver(false);
      if (!hasFiles(event) || event.defaultPrevented) return;
      event.preventDefault();
      void take.current([...(event.dataTransfer?.files ?? [])]);
    };
    window.addEventListener("dragover", move);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", move);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
    };
  }, []);
  return (
    <>
      {over && (
        <div className="drop-anywhere" data-testid="drop-anywhere">
          <p>
            <Icon name="up" /> Drop capture files (pcap, pcapng) to read them
            {target === undefined ? "" : ` into ${target ?? `${names.join(", ")}: you choose`}`}
          </p>
        </div>
      )}
      {asked !== null && (
        <Dialog label="Read into which" className="drop-choice" onClose={() => setAsked(null)}>
          <h2>Read {asked.length === 1 ? asked[0]?.name : plural(asked.length, "file")} into</h2>
          <ul>
            {names.map((name, index) => (
              <li key={name}>
                <button
                  type="button"
                  className="button"
                  autoFocus={index === 0}
                  data-testid="drop-into"
                  onClick={() => give(asked, name)}
                >
                  {name}
                </button>
              </li>
            ))}
          </ul>
          <button type="button" className="button is-bare" onClick={() => setAsked(null)}>
            Leave it
          </button>
        </Dialog>
      )}
      {trouble !== "" && (
        <div className="banner drop-trouble" role="alert">
          <strong>The files cannot be taken.</strong>
          <span>{trouble}</span>
          <button type="button" className="button is-small" onClick={() => setTrouble("")}>
            Close
          </button>
        </div>
      )}
    </>
  );
}
