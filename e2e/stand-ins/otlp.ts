/** An OpenTelemetry collector: takes OTLP over HTTP in JSON, as `POST /v1/traces` of the real one does, and keeps the spans. */
import { startHttpServer } from './http-server.ts';

type AnyValue = {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
};
type KeyValue = { readonly key: string; readonly value: AnyValue };
type WireSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly KeyValue[];
  readonly status?: { readonly code?: number; readonly message?: string };
};
type Body = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
};

export type Attributes = Readonly<Record<string, unknown>>;

export type CollectedSpan = Omit<WireSpan, 'attributes' | 'startTimeUnixNano' | 'endTimeUnixNano'> & {
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly startMs: number;
  readonly endMs: number;
};

export type Collector = {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly spans: CollectedSpan[];
  /** The headers of the last request. */
  readonly headers: () => NodeJS.Dict<string | string[]>;
  /** Answers with this status from now on; 200 takes the spans. */
  answer: number;
  readonly requests: () => number;
  readonly close: () => Promise<void>;
};

/** Starts the collector on a free port. */
export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  let headers: NodeJS.Dict<string | string[]> = {};
  let requests = 0;
  const server = await startHttpServer((request, body, response) => {
    requests += 1;
    headers = request.headers;
    if (request.method !== 'POST' || request.url !== '/v1/traces') return void response.writeHead(404).end();
    if (collector.answer !== 200) return void response.writeHead(collector.answer).end();
    spans.push(...decode(JSON.parse(body) as Body));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"partialSuccess":{}}');
  });
  const collector: Collector = {
    url: server.origin,
    spans,
    headers: () => headers,
    answer: 200,
    requests: () => requests,
    close: server.close,
  };
  return collector;
}

function decode({ resourceSpans }: Body): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ attributes = [], startTimeUnixNano, endTimeUnixNano, ...span }) => ({
        ...span,
        attributes: toObject(attributes),
        resource: toObject(resource.attributes),
        startMs: Number(BigInt(startTimeUnixNano) / 1000n) / 1000,
        endMs: Number(BigInt(endTimeUnixNano) / 1000n) / 1000,
      })),
    ),
  );
}

const toObject = (pairs: readonly KeyValue[]): Attributes => Object.fromEntries(pairs.map(({ key, value }) => [key, toValue(value)]));

function toValue(value: AnyValue): unknown {
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(toValue);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.doubleValue ?? value.boolValue;
}
