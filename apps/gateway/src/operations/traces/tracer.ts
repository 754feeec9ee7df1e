/** The OpenTelemetry SDK, set up for one collector. Loaded only when traces are on. */
import { type Context, context, type Span, type SpanOptions, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  RandomIdGenerator,
  type SpanExporter,
  type TracerConfig,
} from '@opentelemetry/sdk-trace-base';
import { egress } from '../egress/index.ts';
import { splitCredentials } from '../endpoint.ts';

const MAX_QUEUED_SPANS = 2048;
const BATCH_SPANS = 256;
const DELAY_MS = 2000;
const EXPORT_TIMEOUT_MS = 10_000;
/** A word of the collector for each attribute is more than anyone reads. */
const MAX_ATTRIBUTE_LENGTH = 32_768;

export type { Span } from '@opentelemetry/api';
export { SpanKind, SpanStatusCode } from '@opentelemetry/api';

export type SpanSettings = Omit<SpanOptions, 'root'>;

export type Tracer = {
  /** Begins a trace with this id, or goes on with the one that the caller's `traceparent` names. */
  readonly begin: (
    name: string,
    settings: SpanSettings,
    from: { readonly traceId: string; readonly traceparent?: string | undefined },
  ) => Span;
  readonly child: (parent: Span, name: string, settings: SpanSettings) => Span;
  /** Sends what waits, for a moment, and ends. */
  readonly close: () => Promise<void>;
};

export type TracerOptions = {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly gatewayId: string;
  readonly version: string;
  readonly onExported: (spans: number) => void;
  /** A batch was given up. */
  readonly onFailed: (error: unknown) => void;
};

export function openTracer(options: TracerOptions): Tracer {
  const { url, headers } = splitCredentials(tracesUrl(options.endpoint));
  const exporter = watched(
    new OTLPTraceExporter({
      url,
      headers: { ...headers, ...options.headers },
      timeoutMillis: EXPORT_TIMEOUT_MS,
      concurrencyLimit: 4,
      httpAgentOptions: egress.to(url).agent,
    }),
    options,
  );
  let nextTraceId = '';
  const random = new RandomIdGenerator();
  const provider = new BasicTracerProvider({
    resource: resourceOf({
      'service.name': 'openclaw-gateway',
      'service.version': options.version,
      'service.instance.id': options.gatewayId,
    }),
    idGenerator: { generateTraceId: () => nextTraceId, generateSpanId: () => random.generateSpanId() },
    spanLimits: { attributeValueLengthLimit: MAX_ATTRIBUTE_LENGTH },
    spanProcessors: [
      new BatchSpanProcessor(exporter, {
        maxQueueSize: MAX_QUEUED_SPANS,
        maxExportBatchSize: BATCH_SPANS,
        scheduledDelayMillis: DELAY_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  const tracer = provider.getTracer('openclaw-gateway', options.version);
  return {
    begin: (name, settings, { traceId, traceparent }) => {
      nextTraceId = traceId;
      return tracer.startSpan(name, settings, callerContext(traceparent));
    },
    child: (parent, name, settings) => tracer.startSpan(name, settings, trace.setSpan(context.active(), parent)),
    close: () => provider.shutdown(),
  };
}

/** Collectors take traces at /v1/traces; whoever names only the host means that. */
export function tracesUrl(endpoint: string): string {
  const url = new URL(endpoint);
  if (url.pathname === '/') url.pathname = '/v1/traces';
  return url.href;
}

/** The span of a W3C `traceparent`, as the parent of what follows. */
function callerContext(traceparent: string | undefined): Context {
  const none = context.active();
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return none;
  return trace.setSpanContext(none, { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true });
}

function watched(exporter: SpanExporter, { onExported, onFailed }: Pick<TracerOptions, 'onExported' | 'onFailed'>): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.code === 0) onExported(spans.length);
        else onFailed(result.error ?? new Error('the collector did not take it'));
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}

type Resource = NonNullable<TracerConfig['resource']>;

function resourceOf(attributes: Readonly<Record<string, string>>): Resource {
  const resource: Resource = {
    attributes: { ...attributes },
    getRawAttributes: () => Object.entries(attributes),
    merge: (other) => (other ? resourceOf({ ...attributes, ...(other.attributes as Record<string, string>) }) : resource),
  };
  return resource;
}
