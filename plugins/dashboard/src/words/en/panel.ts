// The pages of plugins, and what they are made of.

export const panel = {
  empty: 'Nothing here yet.',
  nothing: 'There is nothing to show.',
  failed:
    'This page of the plugin could not be made. The log of the server says why; the other pages are not touched by it.',
  noBlock: 'The plugin gave something here that cannot be shown.',
  more: (n: number) => `${n.toLocaleString('en')} more are not shown.`,
  noPicture: 'There is no picture here:',
};
