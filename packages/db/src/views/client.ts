/** The ports of the reads, each passed on to a lane. */

import type { LogReads } from '../sqlite/log.ts';
import type { PipelineReads } from '../store.ts';
import type { ReadLane } from './lane.ts';
import type { ViewQueries } from './queries.ts';

export function pipelineReads(lane: ReadLane): PipelineReads {
  return {
    sessionState: (...values) => lane.read('sessionState', ...values),
    unsettledSessions: (...values) => lane.read('unsettledSessions', ...values),
    message: (...values) => lane.read('message', ...values),
    messageByRequestId: (...values) => lane.read('messageByRequestId', ...values),
  };
}

/** A stream is what the pipeline reads; the whole log is what tails, exports and checks read, and may take its time. */
export function logReads(pipeline: ReadLane, views: ReadLane): LogReads {
  return {
    readAll: (...values) => views.read('readAll', ...values),
    readStream: (...values) => pipeline.read('readStream', ...values),
    readAt: (...values) => pipeline.read('readAt', ...values),
  };
}

export function viewQueries(lane: ReadLane): ViewQueries {
  return {
    ...pipelineReads(lane),
    overview: (...values) => lane.read('overview', ...values),
    activity: (...values) => lane.read('activity', ...values),
    traffic: (...values) => lane.read('traffic', ...values),
    slowest: (...values) => lane.read('slowest', ...values),
    events: (filter, { signal, ...page }) => lane.readUntil(signal, 'events', filter, page),
    eventsAfter: (filter, { signal, ...page }) => lane.readUntil(signal, 'eventsAfter', filter, page),
    matching: (filter, { signal, ...page }) => lane.readUntil(signal, 'matching', filter, page),
    event: (...values) => lane.read('event', ...values),
    eventPart: (...values) => lane.read('eventPart', ...values),
    facets: (...values) => lane.read('facets', ...values),
    histogram: (...values) => lane.read('histogram', ...values),
    breakdown: (filter, { signal, ...options }) => lane.readUntil(signal, 'breakdown', filter, options),
    compare: (selected, baseline, { signal, ...options }) => lane.readUntil(signal, 'compare', selected, baseline, options),
    sessions: (...values) => lane.read('sessions', ...values),
    session: (...values) => lane.read('session', ...values),
    sessionByKey: (...values) => lane.read('sessionByKey', ...values),
    messages: (...values) => lane.read('messages', ...values),
    messageEvents: (...values) => lane.read('messageEvents', ...values),
    openAt: (...values) => lane.read('openAt', ...values),
    configHistory: (...values) => lane.read('configHistory', ...values),
    projections: (...values) => lane.read('projections', ...values),
    attachment: (...values) => lane.read('attachment', ...values),
    attachmentFiles: (...values) => lane.read('attachmentFiles', ...values),
    attachmentsOf: (...values) => lane.read('attachmentsOf', ...values),
  };
}
