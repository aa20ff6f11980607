// What is shown instead of data: nothing there, still loading, gone wrong. Each says the next step.

import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon";

export function Notice(props: {
  icon: IconName;
  title: string;
  tone?: "plain" | "bad" | "warn";
  children?: ReactNode;
  actions?: ReactNode;
  testId?: string;
}) {
  return (
    <div className={`notice is-${props.tone ?? "plain"}`} data-testid={props.testId}>
      <div className="notice-icon">
        <Icon name={props.icon} />
      </div>
      <h2>{props.title}</h2>
      {props.children !== undefined && <div className="notice-text">{props.children}</div>}
      {props.actions !== undefined && <div className="notice-actions">{props.actions}</div>}
    </div>
  );
}

export function Skeleton({ rows }: { rows: number }) {
  return (
    <div className="skeleton" role="status" aria-busy="true" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        <i key={index} style={{ width: `${92 - ((index * 37) % 45)}%` }} />
      ))}
    </div>
  );
}
