// What this process has done since it began, for those who watch it: in memory only.
export class ProcessFigures {
  /** Attempts that lost their job while they ran. */
  leasesLost = 0;
  /** Jobs that this process found without the process that ran them. */
  crashes = 0;

  readonly lost = (): void => {
    this.leasesLost += 1;
  };

  readonly crashed = (jobs: number): void => {
    this.crashes += jobs;
  };
}
