/** Draws a graph. A bundle of its own, since Graphviz is larger than everything else: it is loaded when a graph is first drawn. */
import { instance } from '@viz-js/viz';

/** The picture as SVG of a graph in Graphviz's language. */
export async function drawn(dot: string): Promise<string> {
  const picture = (await instance()).renderString(dot, { format: 'svg' });
  return picture.slice(picture.indexOf('<svg'));
}
