/** What is said about the columns of a long table, whichever it is. */
export const columns = {
  title: 'Columns',
  width: (name: string) => `Width of the column ${name}`,
  moveLeft: (name: string) => `Move ${name} to the left`,
  moveRight: (name: string) => `Move ${name} to the right`,
  pin: (name: string) => `Keep ${name} in sight`,
  reset: 'Usual columns',
};
