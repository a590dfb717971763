// Everything said to the server: requests, and the stream of events with reconnection.
// A failed request throws an ApiError whose message can be shown as it is.

/**
 * @typedef {{id: string, name: string, width: number, height: number}} Picture
 * @typedef {{content: number[], style: number[], which: number}} PointPair
 * @typedef {{content_mask: string|null, style_masks: (string|null)[], names: Record<string, string>, points: PointPair[]}} Guidance
 * @typedef {{content: string, styles: {id: string, weight: number}[], method: string, preset: string,
 *   settings: Record<string, any>, run: Record<string, any>, guidance: Guidance, start: string|null}} JobRequest
 * @typedef {{stage: number, stages: number, size: number, iteration: number, iterations: number,
 *   fraction: number, objective: number, seconds_left: number|null}} Progress
 * @typedef {{id: string, number: number, status: string, request: JobRequest, progress: Progress|null,
 *   curve: number[][], result: any, error: string|null, notes: string[], command: string, version: number}} Job
 */

export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options });
  } catch {
    throw new ApiError("The studio does not answer; is it still running?", 0);
  }
  if (response.ok) return response;
  throw new ApiError(await reason(response), response.status);
}

async function reason(response) {
  if (response.status === 403) return "The studio does not know this page: open the address it printed when it started.";
  try {
    const { error, detail } = await response.json();
    return error ?? (typeof detail === "string" ? detail : `The server answered ${response.status}.`);
  } catch {
    return `The server answered ${response.status}.`;
  }
}

const json = async (path, options) => (await call(path, options)).json();
const post = (path, body, headers = {}) => json(path, { method: "POST", body, headers });
const postJson = (path, value) => post(path, JSON.stringify(value), { "Content-Type": "application/json" });
const at = encodeURIComponent;

export const api = {
  state: () => json("/api/state"),
  methods: () => json("/api/methods"),
  examples: () => json("/api/examples"),
  /** @returns {Promise<Picture>} */
  uploadPicture: (blob, name) => post("/api/pictures", blob, { "X-Name": at(name) }),
  /** @returns {Promise<Picture>} */
  takeExample: (kind, name) => post(`/api/examples/${kind}/${at(name)}`),
  uploadMask: (blob) => post("/api/masks", blob, { "Content-Type": "image/png" }),
  mask: async (id) => (await call(`/api/masks/${at(id)}`)).blob(),
  /** @returns {Promise<Job>} */
  job: (id) => json(`/api/jobs/${at(id)}`),
  /** @returns {Promise<Job>} */
  createJob: (request) => postJson("/api/jobs", request),
  /** `verb`: stop, cancel or resume. */
  act: (id, verb) => call(`/api/jobs/${at(id)}/${verb}`, { method: "POST" }),
  removeJob: (id) => call(`/api/jobs/${at(id)}`, { method: "DELETE" }),
  readRecipe: (blob) => post("/api/recipes", blob),
};

export const urls = {
  view: (id) => `/api/pictures/${at(id)}/view`,
  example: (kind, name) => `/api/examples/${kind}/${at(name)}/view`,
  preview: (job) => `/api/jobs/${at(job.id)}/preview?v=${job.version}`,
  result: (id, suffix) => `/api/jobs/${at(id)}/result.${suffix}`,
};

const SLOWEST = 10_000;

/**
 * Listen to the server for ever; after every (re)connection `open` refetches what was missed.
 * @param {{job: (job: any) => void, removed: (id: string) => void, open: () => void, lost: (why: string) => void}} listener
 */
export function listen(listener, wait = 1000) {
  const source = new EventSource("/api/events");
  let patience = wait;
  source.onopen = () => {
    patience = 1000;
    listener.open();
  };
  source.addEventListener("job", (event) => listener.job(JSON.parse(event.data)));
  source.addEventListener("removed", (event) => listener.removed(JSON.parse(event.data).id));
  source.onerror = () => {
    listener.lost("No connection to the studio. Your work is kept; trying again.");
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    api.state().catch((error) => error.status === 403 && listener.lost(`${error.message} Your work is kept.`));
    setTimeout(() => listen(listener, Math.min(2 * patience, SLOWEST)), patience);
  };
}
