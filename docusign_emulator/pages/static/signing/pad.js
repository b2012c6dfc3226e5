// A canvas to draw on with a finger, a pen or the mouse.

export class Pad {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.empty = true;
    this.last = null;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.last = this.place(event);
      this.stroke(this.last);
      event.preventDefault();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.last) return;
      for (const one of event.getCoalescedEvents?.() ?? [event]) this.stroke(this.place(one));
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (this.last = null));
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) * this.canvas.width) / box.width,
      y: ((event.clientY - box.top) * this.canvas.height) / box.height,
    };
  }

  stroke(to) {
    const { pen } = this;
    pen.strokeStyle = "#1a2b5f";
    pen.lineWidth = 6;
    pen.lineCap = pen.lineJoin = "round";
    pen.beginPath();
    pen.moveTo(this.last.x, this.last.y);
    pen.lineTo(to.x, to.y + 0.01);
    pen.stroke();
    this.last = to;
    this.empty = false;
  }

  clear() {
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.empty = true;
  }

  /** The drawing without the empty space around it, as a data URI. */
  png() {
    const { width, height } = this.canvas;
    const { data } = this.pen.getImageData(0, 0, width, height);
    let [left, top, right, bottom] = [width, height, 0, 0];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (data[(y * width + x) * 4 + 3]) {
          left = Math.min(left, x);
          right = Math.max(right, x);
          top = Math.min(top, y);
          bottom = Math.max(bottom, y);
        }
      }
    }
    const cut = document.createElement("canvas");
    cut.width = right - left + 9;
    cut.height = bottom - top + 9;
    cut.getContext("2d").drawImage(this.canvas, 4 - left, 4 - top);
    return cut.toDataURL("image/png");
  }
}
