// Fits the picture into the panel while it stays readable. A click on a box, or Enter, tells the extension which dispatch it is: the
// ordinal in the box's id.
const editor = acquireVsCodeApi();
const SMALLEST = 0.65;

const picture = document.querySelector('svg');
picture.style.minWidth = `${picture.width.baseVal.value * SMALLEST}px`;
for (const box of document.querySelectorAll('.node')) {
  const tell = () => editor.postMessage(Number(box.id.slice(1)));
  box.tabIndex = 0;
  box.addEventListener('click', tell);
  box.addEventListener('keydown', (event) => { if (event.key === 'Enter') tell(); });
}

// A picture that is drawn anew stays where the last one was looked at.
const { x = 0, y = 0 } = editor.getState() ?? {};
window.scrollTo(x, y);
window.addEventListener('scroll', () => editor.setState({ x: window.scrollX, y: window.scrollY }));
