import type { ErrorBody } from '@openclaw-gateway/events/errors';
import type { SegmentRow } from '../sqlite/protocol.ts';
import type { DueSlice, SegmentExpiry, SegmentSlice, TraceSlice } from './operations.ts';
import type { RetentionPlan } from './port.ts';

/** What the retention thread can be asked. Each is one bounded step. */
export type RetentionSteps = {
  trace(subject: string, after: number): TraceSlice;
  hasKey(subject: string): boolean;
  due(plan: RetentionPlan, after: number): DueSlice;
  nextSegment(plan: RetentionPlan, after: number, dryRun: boolean): SegmentSlice;
  segments(after: number): readonly Pick<SegmentRow, 'first' | 'file' | 'sha256'>[];
  expireSegment(plan: RetentionPlan, segment: Pick<SegmentRow, 'first' | 'file' | 'sha256'>, dryRun: boolean): SegmentExpiry | undefined;
  removeStrays(): void;
};
export type StepName = keyof RetentionSteps;

export type ToRetention = { readonly id: number; readonly name: StepName; readonly values: readonly unknown[] } | 'close';
export type FromRetention = { readonly id: number; readonly value?: unknown; readonly error?: ErrorBody };
