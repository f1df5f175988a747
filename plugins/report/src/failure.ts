// Why a report was not made, in a form that a processor may throw.

export type FailureCode = 'UNKNOWN_REPORT' | 'FOLDER_UNUSABLE' | 'INVALID_SECTIONS' | 'NOT_SENT';

/** Whether another attempt makes sense. */
export const RETRYABLE: Record<FailureCode, boolean> = {
  UNKNOWN_REPORT: false,
  FOLDER_UNUSABLE: true,
  INVALID_SECTIONS: false,
  NOT_SENT: false,
};

export class ReportFailure extends Error {
  override readonly name = 'ReportFailure';
  readonly code: FailureCode;
  readonly retryable: boolean;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
    this.retryable = RETRYABLE[code];
  }
}
