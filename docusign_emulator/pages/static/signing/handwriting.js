// A signature or initials drawn as they will stand in the PDF, in the box of their field.

const SVG = "http://www.w3.org/2000/svg";
const INK = "#1a2b5f";
const FRAME = "#2a5bd7";
const ruler = document.createElement("canvas").getContext("2d");

/** An SVG of `w` by `h` points: the frame, the label, and the handwriting (typed in a hand, or a picture). */
export function drawnSignature(kind, signature, w, h) {
  const svg = node("svg", { viewBox: `0 0 ${w} ${h}`, class: "drawn", "aria-hidden": "true" });
  const initials = kind === "initials";
  const small = initials ? Math.min(4.5, h * 0.18) : Math.min(5.5, h * 0.16);
  if (initials) {
    svg.append(
      node("rect", { x: 0.4, y: 0.4, width: w - 0.8, height: h - 0.8, rx: Math.min(3, h * 0.15), fill: "none", stroke: FRAME, "stroke-width": 0.7 }),
      label("Initials", 2.5, small * 1.15, small),
    );
  } else {
    const b = h * 0.3;
    const top = small * 0.55;
    const foot = h - small * 0.5;
    svg.append(
      node("path", { d: `M${b * 1.1} ${top} H${b * 0.7} C0 ${top} 0 ${foot} ${b * 0.7} ${foot} H${b * 1.1}`, fill: "none", stroke: FRAME, "stroke-width": 0.9 }),
      label("Signed by:", b * 1.1 + 2, small * 0.9, small),
    );
  }
  const left = initials ? 2 : h * 0.3 * 0.55;
  const top = small * 1.2;
  const room = { w: Math.max(w - left - 1, 1), h: Math.max(h - top - (initials ? 1.5 : small * 1.2), 1) };
  const png = inline(initials ? signature.initialsPng : signature.png);
  if (png) {
    svg.append(node("image", { href: png, x: left, y: top, width: room.w, height: room.h, preserveAspectRatio: initials ? "xMidYMid meet" : "xMinYMid meet" }));
    return svg;
  }
  const words = initials ? signature.initials : signature.name;
  const hand = signature.style || "caveat";
  ruler.font = `100px "${hand}", "Inter"`;
  const wide = (ruler.measureText(words).width * room.h * 0.95) / 100;
  const size = room.h * 0.95 * Math.min(1, room.w / (wide || 1));
  const text = node("text", {
    x: initials ? left + room.w / 2 : left + 1,
    y: top + room.h / 2 + size * 0.28,
    "font-family": `${hand}, Inter`,
    "font-size": size,
    fill: INK,
    "text-anchor": initials ? "middle" : "start",
  });
  text.textContent = words;
  svg.append(text);
  return svg;
}

/** A picture adopted in an earlier session comes back as bare base64. */
function inline(png) {
  return png && !png.startsWith("data:") ? `data:image/png;base64,${png}` : png;
}

function label(words, x, y, size) {
  const text = node("text", { x, y, "font-family": "Inter", "font-weight": 600, "font-size": size, fill: FRAME });
  text.textContent = words;
  return text;
}

function node(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
