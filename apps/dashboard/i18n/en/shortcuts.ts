export const shortcuts = {
  title: 'Keyboard shortcuts',
  note: 'They do nothing while you type.',
  go: 'Go to',
  search: 'Filter',
  row: 'Next or previous row',
  open: 'Open the row',
  close: 'Close',
  live: 'Live updates on or off',
  help: 'This list',
};
