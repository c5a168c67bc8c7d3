/** One, or many. */
export const s = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
