// One whisperer's form: what is typed, what the server says of it, and saving. What is typed is
// checked by the server before it is saved, a moment after the last key.

import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ApiError, type Problem, problemOf } from "../api/problem";
import type { Whisperer, WhispererList } from "../api/types";
import { changeWhisperer, forgetChanges, type SettingChanges, tryChanges } from "../api/whisperers";
import {
  changesOf,
  type Draft,
  type Setting,
  shownOf,
  troubleOf,
  typed,
} from "./whispererSettings";

const kCheckAfterMs = 350;

export type Reasons = Readonly<Record<string, string>>;

export function reasonsOf(error: unknown): Reasons {
  const named = error instanceof ApiError ? (error.problem.settings ?? []) : [];
  return Object.fromEntries(named.map(({ name, reason }) => [name, reason]));
}

// The answer to a change is the whisperer as it is now: no need to wait for the next question.
export function useTakeWhisperer(): (whisperer: Whisperer) => void {
  const client = useQueryClient();
  return useCallback(
    (whisperer) => {
      void client.cancelQueries({ queryKey: ["whisperers"] });
      client.setQueryData<WhispererList>(["whisperers"], (list) => {
        if (list === undefined) return list;
        const there = list.items.some(({ name }) => name === whisperer.name);
        const items = there
          ? list.items.map((item) => (item.name === whisperer.name ? whisperer : item))
          : [...list.items, whisperer];
        return { ...list, items, count: items.length };
      });
      void client.invalidateQueries({ queryKey: ["whisperers"] });
    },
    [client],
  );
}

export interface WhispererForm {
  readonly draft: Draft;
  readonly changed: number; // how many settings are typed anew
  readonly reasons: Reasons; // why a value cannot be, by setting
  readonly problem: Problem | null; // what is wrong beside the settings
  readonly busy: boolean;
  readonly said: string; // what was done last
  readonly undo: (() => void) | null;
  readonly type: (setting: Setting, shown: string | boolean) => void;
  readonly load: (draft: Draft) => void;
  readonly discard: () => void;
  readonly save: () => Promise<boolean>;
  readonly asInFile: (setting: Setting) => void;
  readonly fileWins: () => void;
}

export function useWhispererForm(whisperer: Whisperer): WhispererForm {
  const { name, settings } = whisperer;
  const [draft, setDraft] = useState<Draft>({});
  const [told, setTold] = useState<Reasons>({}); // by the server
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState("");
  const [before, setBefore] = useState<SettingChanges | null>(null);
  const take = useTakeWhisperer();
  const latest = useRef(settings);
  latest.current = settings;

  const own = useMemo(() => {
    const found: Record<string, string> = {};
    for (const setting of latest.current) {
      if (draft[setting.name] === undefined) continue;
      const trouble = troubleOf(setting, shownOf(setting, draft));
      if (trouble !== null) found[setting.name] = trouble;
    }
    return found;
  }, [draft]);

  useEffect(() => {
    setProblem(null);
    // What the page itself refuses is not asked, but what stands beside it is.
    const fine = Object.entries(draft).filter(([key]) => own[key] === undefined);
    const changes = changesOf(latest.current, Object.fromEntries(fine));
    if (Object.keys(changes).length === 0) {
      setTold({});
      return undefined;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      tryChanges(name, changes, abort.signal).then(
        () => setTold({}),
        (error: unknown) => {
          if (!abort.signal.aborted) setTold(reasonsOf(error));
        },
      );
    }, kCheckAfterMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [draft, own, name]);

  const perform = useCallback(
    async (act: () => Promise<Whisperer>, done: string, undo: SettingChanges | null) => {
      setBusy(true);
      setProblem(null);
      setSaid("");
      setBefore(null);
      try {
        take(await act());
        setSaid(done);
        setBefore(undo);
        return true;
      } catch (error) {
        const reasons = reasonsOf(error);
        setTold(reasons);
        const elsewhere = Object.keys(reasons).every(
          (key) => !latest.current.some((setting) => setting.name === key),
        );
        if (elsewhere) setProblem(problemOf(error));
        return false;
      } finally {
        setBusy(false);
      }
    },
    [take],
  );

  const type = useCallback((setting: Setting, shown: string | boolean) => {
    setSaid("");
    setTold(({ [setting.name]: _gone, ...rest }) => rest);
    setDraft((now) => typed(setting, now, shown));
  }, []);

  const save = async (): Promise<boolean> => {
    const changes = changesOf(settings, draft);
    if (Object.keys(own).length > 0) return false;
    const saved = await perform(
      () => changeWhisperer(name, changes),
      "Saved; it is in force.",
      null,
    );
    if (saved) setDraft({});
    return saved;
  };

  const asInFile = (setting: Setting): void => {
    setDraft((now) => {
      const { [setting.name]: _gone, ...rest } = now;
      return rest;
    });
    const done =
      setting.file_value === null
        ? `${setting.name} is at its default again.`
        : `${setting.name} is as in the file again.`;
    void perform(() => changeWhisperer(name, { [setting.name]: null }), done, {
      [setting.name]: setting.value,
    });
  };

  const fileWins = (): void => {
    const own = settings.filter(({ origin, group }) => origin === "page" && group !== "identity");
    setDraft({});
    void perform(
      () => forgetChanges(name),
      "The file wins: every setting is as it says.",
      Object.fromEntries(own.map((setting) => [setting.name, setting.value])),
    );
  };

  const undo =
    before === null
      ? null
      : () => void perform(() => changeWhisperer(name, before), "Undone.", null);

  return {
    draft,
    changed: Object.keys(draft).length,
    reasons: { ...told, ...own },
    problem,
    busy,
    said,
    undo,
    type,
    load: (next) => {
      setSaid("");
      setDraft(next);
    },
    discard: () => setDraft({}),
    save,
    asInFile,
    fileWins,
  };
}
