/** The gateway's API: requests, problems in people's words, and the live stream. */

const KEY = "key";

/** The API key of this tab, where people sign in by key; a session's cookie needs none. */
export const credential = {
  get: (): string => sessionStorage.getItem(KEY) ?? "",
  set: (value: string): void => sessionStorage.setItem(KEY, value),
  clear: (): void => sessionStorage.removeItem(KEY),
};

const ORGANIZATION = "organization";

/** The provider organization that this tab works for, where the person has several. */
export const organization = {
  get: (): string => sessionStorage.getItem(ORGANIZATION) ?? "",
  set: (value: string): void => sessionStorage.setItem(ORGANIZATION, value),
  clear: (): void => sessionStorage.removeItem(ORGANIZATION),
};

interface ProblemDocument {
  title?: string;
  detail?: string;
  how_to_fix?: string;
  /** What does not fit, where a person may know better. */
  misfits?: string[];
  /** What of a corrected payment is in doubt, with its place among the segments. */
  problems?: { position?: number; segment?: string; message?: string }[];
  errors?: { where?: string; loc?: string; field?: string; what?: string; msg?: string; message?: string }[];
}

/** What went wrong, as a person may read it. `status` 0: the gateway could not be reached. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly document: ProblemDocument = {},
  ) {
    super(said(status, document));
  }
}

function said(status: number, document: ProblemDocument): string {
  if (status === 0) return "Recoup cannot be reached. What you see may be old; it is tried again by itself.";
  if (status === 401) return "You are signed out. Sign in again.";
  if (status === 429) return "Too many requests at once. Wait a moment and try again.";
  if (status >= 500 && !document.detail) return "Recoup had a fault. Nothing was changed; try again.";
  const parts = [document.detail, (status === 422 && fields(document)) || document.how_to_fix];
  const sentences = parts
    .filter((text): text is string => !!text)
    .map((text) => (/[.!?]$/.test(text) ? text : `${text}.`));
  return sentences.join(" ") || document.title || `The gateway answered ${status}.`;
}

const fields = (document: ProblemDocument): string =>
  (document.errors ?? [])
    .map((one) => ({ where: one.where ?? one.loc ?? one.field ?? "", what: one.what ?? one.msg ?? one.message ?? "" }))
    .filter((one) => one.what)
    .map((one) => (one.where ? `${one.where}: ${one.what}` : one.what))
    .join("; ");

function headers(more: Record<string, string> = {}): Record<string, string> {
  const key = credential.get();
  const chosen = organization.get();
  return {
    ...(key ? { Authorization: `Bearer ${key}` } : {}),
    ...(chosen ? { "X-Tenant": encodeURIComponent(chosen) } : {}),
    ...more,
  };
}

async function ask(path: string, how: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...how });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiProblem(0);
  }
  if (!response.ok) throw new ApiProblem(response.status, (await response.json().catch(() => ({}))) as ProblemDocument);
  return response;
}

export type Query = Record<string, string | number | boolean | null | undefined>;

/** `path` with what of `query` is given. */
export function withQuery(path: string, query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  const response = await ask(withQuery(path, query), { headers: headers(), signal: signal ?? null });
  return (await response.json()) as T;
}

/** Send `body`; the key makes a repetition of the same act harmless. */
export async function send<T>(
  method: "POST" | "PUT" | "DELETE",
  path: string,
  body?: unknown,
  key?: string,
): Promise<T> {
  const how: RequestInit = {
    method,
    headers: headers({ "Content-Type": "application/json", ...(key ? { "Idempotency-Key": key } : {}) }),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  const response = await ask(path, how);
  return (response.status === 204 ? undefined : await response.json().catch(() => undefined)) as T;
}
export const post = <T>(path: string, body: unknown = {}): Promise<T> =>
  send<T>("POST", path, body, crypto.randomUUID());
/** A question in a body: account numbers stay out of addresses and logs. */
export async function search<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const how: RequestInit = {
    method: "POST",
    headers: headers({ "Content-Type": "application/json" }),
    body: JSON.stringify(body),
    signal: signal ?? null,
  };
  return (await (await ask(path, how)).json()) as T;
}

/** A document as it is. */
export async function file(path: string, query?: Query): Promise<Blob> {
  return (await ask(withQuery(path, query), { headers: headers() })).blob();
}

/** A document that is made when it is asked for. */
export async function made(path: string, body: unknown): Promise<Blob> {
  const how = { method: "POST", headers: headers({ "Content-Type": "application/json" }), body: JSON.stringify(body) };
  return (await ask(path, how)).blob();
}

/** Give the document to the person under `name`. */
export async function download(path: string, name: string, query?: Query): Promise<void> {
  const address = URL.createObjectURL(await file(path, query));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

export type LiveState = "live" | "offline" | "off";
export interface LiveEvent {
  claim_id?: string;
  type?: string;
  [name: string]: unknown;
}

const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

/** Hear every event of the caller's claims from now on until `signal` aborts. EventSource cannot send a header. */
export async function listen(
  hear: (event: LiveEvent) => void,
  state: (now: LiveState) => void,
  signal: AbortSignal,
): Promise<void> {
  const heard = { last: "" };
  while (!signal.aborted) {
    try {
      const resumed: Record<string, string> = heard.last ? { "Last-Event-ID": heard.last } : {};
      const response = await ask("/v1/events", { headers: headers(resumed), signal });
      state("live");
      await frames(response, hear, heard);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiProblem && (error.status === 401 || error.status === 403)) return state("off");
    }
    if (signal.aborted) return;
    state("offline");
    await pause(2000);
  }
}

async function frames(response: Response, hear: (event: LiveEvent) => void, heard: { last: string }): Promise<void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (reader) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
    const whole = text.split("\n\n");
    text = whole.pop() ?? "";
    for (const frame of whole) {
      const lines = frame.split("\n");
      const data = lines
        .filter((line) => line.startsWith("data: "))
        .map((line) => line.slice(6))
        .join("\n");
      heard.last = lines.find((line) => line.startsWith("id: "))?.slice(4) ?? heard.last;
      if (data) hear(JSON.parse(data) as LiveEvent);
    }
  }
}
