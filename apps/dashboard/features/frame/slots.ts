/** The element of the header in which a page shows its time range. */
export const TIME_RANGE_SLOT = 'time-range';
