/** What we call of qrcode-generator. */
interface QRCode {
  addData(data: string): void;
  make(): void;
  getModuleCount(): number;
  isDark(row: number, column: number): boolean;
}

export function qrcode(typeNumber: 0, errorCorrectionLevel: "L" | "M" | "Q" | "H"): QRCode;
