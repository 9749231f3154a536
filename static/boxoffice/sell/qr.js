/** The QR code of a UPI payment, drawn here: no other server learns of it. */

import { qrcode } from "#qrcode";

const SVG = "http://www.w3.org/2000/svg";
// The quiet zone around it, in modules, which scanners need.
const MARGIN = 4;

/**
 * What a UPI app reads.
 * @param {{vpa: string, name: string}} payee @param {string} amount @param {string} note
 */
export function upiLink(payee, amount, note) {
  const fields = { pa: payee.vpa, pn: payee.name, am: amount, cu: "INR", tn: note };
  return `upi://pay?${Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&")}`;
}

/** @param {string} text @param {string} label @returns {SVGElement} */
export function drawQr(text, label) {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  const size = count + 2 * MARGIN;
  let path = "";
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column < count; column += 1) {
      if (code.isDark(row, column)) path += `M${column + MARGIN} ${row + MARGIN}h1v1h-1z`;
    }
  }
  const svg = document.createElementNS(SVG, "svg");
  const attributes = { viewBox: `0 0 ${size} ${size}`, class: "qr", role: "img", "aria-label": label };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  const ground = document.createElementNS(SVG, "rect");
  ground.setAttribute("width", "100%");
  ground.setAttribute("height", "100%");
  ground.setAttribute("class", "qr-ground");
  const modules = document.createElementNS(SVG, "path");
  modules.setAttribute("d", path);
  modules.setAttribute("class", "qr-dark");
  svg.append(ground, modules);
  return svg;
}
