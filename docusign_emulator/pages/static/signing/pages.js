// The documents, page by page; pictures are fetched as they come into view.

const SCALES = [1, 1.5, 2, 3];

/** Draw all pages into `place`; answers a Map from "documentId/page" to the layer its fields go on. */
export function drawPages(documents, place) {
  const layers = new Map();
  for (const document_ of documents) {
    const section = element("section", "document");
    section.setAttribute("aria-label", document_.name);
    const header = element("header");
    header.append(element("h2", "", document_.name), element("span", "", count(document_.pages.length)));
    section.append(header);
    document_.pages.forEach((page, index) => {
      const sheet = element("div", "page");
      sheet.style.aspectRatio = `${page.w} / ${page.h}`;
      sheet.style.setProperty("--pt", `calc(100cqw / ${page.w})`);
      const picture = element("img");
      picture.alt = `${document_.name}, page ${index + 1} of ${document_.pages.length}`;
      picture.loading = "lazy";
      picture.decoding = "async";
      const layer = element("div", "layer");
      sheet.append(picture, layer, element("span", "number", `${index + 1} / ${document_.pages.length}`));
      section.append(sheet);
      layers.set(`${document_.documentId}/${index + 1}`, layer);
      requestAnimationFrame(() => {
        picture.src = `${page.src}?scale=${fittingScale(sheet.clientWidth, page.w)}`;
      });
    });
    place.append(section);
  }
  return layers;
}

function fittingScale(shownWidth, points) {
  const wanted = (shownWidth * Math.min(window.devicePixelRatio || 1, 3)) / points;
  return SCALES.find((scale) => scale >= wanted * 0.95) || SCALES.at(-1);
}

function count(pages) {
  return pages === 1 ? "1 page" : `${pages} pages`;
}

export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
