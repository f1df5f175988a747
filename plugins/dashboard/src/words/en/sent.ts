// What the script says when a form that it sent was not answered as it should be.

export const sent = {
  notDone: 'Nothing was done: the server, or what stands before it, did not take it',
  unknown: 'The answer does not tell whether it was done. Look before you send it again',
  away: 'The server cannot be reached, so it is not known whether it was done. Look before you send it again',
  status: (status: number) => `HTTP status ${status}`,
};
