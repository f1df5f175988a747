// What stands around every page.

export const frame = {
  skip: 'Skip to the content',
  mainNavigation: 'Main',
  httpApi: 'HTTP API',
  signedInAs: (user: string) => `Signed in as ${user}`,
};
