// HeaderTables: what headers are made of: credentials, cookies, the query. Decoded, not verified;
// a secret is shown when it is asked for.

import { useState } from "react";
import { type Header, type Message, wireText } from "../api/types";
import {
  claimTime,
  cookiePairs,
  type Credentials,
  type Pair,
  queryPairs,
  readCredentials,
  setCookie,
} from "../base/heads";
import { formatDateTime, micros, zoneName } from "../base/time";
import { kSecretNames, parameterTerm } from "./headerTerms";
import { PairTable } from "../widgets/PairTable";

const named = (message: Message, name: string): Header[] =>
  message.headers.filter((header) => header.name.toLowerCase() === name);

function claimNote(pair: Pair) {
  const time = claimTime(pair);
  if (time === null) return null;
  const at = micros(time);
  return (
    <span className="faint">
      {" "}
      {formatDateTime(at, "second")} {zoneName(at)}
    </span>
  );
}

function Secret({ text }: { text: string }) {
  const [shown, setShown] = useState(false);
  return (
    <>
      <span data-testid="secret">{shown ? wireText(text) : "••••••••"}</span>{" "}
      <button
        type="button"
        className="button is-bare is-small"
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
      >
        {shown ? "Hide" : "Show"}
      </button>
    </>
  );
}

function CredentialsView({ credentials }: { credentials: Credentials }) {
  if (credentials.kind === "basic") {
    return (
      <table className="pairs" aria-label="Basic credentials" data-testid="basic">
        <tbody>
          <tr>
            <th scope="row">User</th>
            <td>{credentials.user}</td>
          </tr>
          <tr>
            <th scope="row">Password</th>
            <td>
              <Secret text={credentials.secret} />
            </td>
          </tr>
        </tbody>
      </table>
    );
  }
  if (credentials.kind !== "jwt") return null;
  return (
    <div data-testid="jwt">
      <p className="faint">
        Claims as the token states them;{" "}
        {credentials.signed ? "its signature is not verified" : "it is not signed"}.
      </p>
      <PairTable label="Claims of the token" pairs={credentials.claims} note={claimNote} />
      <details className="more">
        <summary>Header of the token</summary>
        <PairTable label="Header of the token" pairs={credentials.header} />
      </details>
    </div>
  );
}

function Block(props: { title: string; aside?: string; children: React.ReactNode }) {
  return (
    <details className="block" open>
      <summary>
        {props.title} {props.aside !== undefined && <span className="faint">{props.aside}</span>}
      </summary>
      {props.children}
    </details>
  );
}

// "Basic ••••": the scheme stays readable.
export function maskedValue(header: Header): string {
  return `${header.value.split(" ", 1)[0] ?? ""} ••••••••`;
}

export function HeaderTables({ message, target }: { message: Message; target: string | null }) {
  const query = queryPairs(target ?? "");
  const cookies = named(message, "cookie").flatMap(({ value }) => cookiePairs(value));
  const set = named(message, "set-cookie").map(({ value }) => setCookie(value));
  const credentials = kSecretNames
    .flatMap((name) => named(message, name))
    .map((header) => ({ name: header.name, read: readCredentials(header.value) }))
    .filter(({ read }) => read !== null && read.kind !== "other");
  return (
    <>
      {query.length > 0 && (
        <Block title="Query" aside={String(query.length)}>
          <PairTable
            label="Query"
            pairs={query}
            termOf={({ name, value }) => parameterTerm(name, value)}
          />
        </Block>
      )}
      {credentials.map(({ name, read }, index) => (
        <Block key={index} title={wireText(name)} aside={read?.kind === "jwt" ? "Bearer" : "Basic"}>
          {read !== null && <CredentialsView credentials={read} />}
        </Block>
      ))}
      {cookies.length > 0 && (
        <Block title="Cookies" aside={String(cookies.length)}>
          <PairTable label="Cookies" pairs={cookies} />
        </Block>
      )}
      {set.length > 0 && (
        <Block title="Cookies set" aside={String(set.length)}>
          <PairTable
            label="Cookies set"
            pairs={set}
            note={(pair) => (
              <span className="pairs-note">
                {(pair as (typeof set)[number]).attributes.map((attribute, index) => (
                  <span key={index} className="chip">
                    {wireText(attribute.name)}
                    {attribute.value === "" ? "" : ` ${wireText(attribute.value)}`}
                  </span>
                ))}
              </span>
            )}
          />
        </Block>
      )}
    </>
  );
}
