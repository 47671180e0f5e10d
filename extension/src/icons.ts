import { LabIcon } from '@jupyterlab/ui-components';

const drawn = (name: string, paths: string): LabIcon =>
  new LabIcon({
    name: `streaming-workbench:${name}`,
    svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><g class="jp-icon3" fill="#616161">${paths}</g></svg>`
  });

export const streamsIcon = drawn(
  'streams',
  '<path d="M2 8.2c2.2-2.6 4.6-2.6 6.8 0s4.2 2.6 6.4 0 4.6-2.6 6.8 0v2.9c-2.4-2.4-4.4-2.4-6.6.2s-4.4 2.6-6.8 0-4.4-2.6-6.6-.2zM2 14.8c2.2-2.6 4.6-2.6 6.8 0s4.2 2.6 6.4 0 4.6-2.6 6.8 0v2.9c-2.4-2.4-4.4-2.4-6.6.2s-4.4 2.6-6.8 0-4.4-2.6-6.6-.2z"/>'
);
export const pauseIcon = drawn('pause', '<path d="M6 5h4v14H6zM14 5h4v14h-4z"/>');
export const resumeIcon = drawn('resume', '<path d="M7 4.5v15L19.5 12z"/>');
export const stepIcon = drawn('step', '<path d="M5 4.5v15L15.5 12zM16.5 5H20v14h-3.5z"/>');
export const stopIcon = drawn('stop', '<path d="M6 6h12v12H6z"/>');
export const dashboardIcon = drawn(
  'dashboard',
  '<path d="M3 3h2v16h16v2H3zM7 12h3v5H7zM12 7h3v10h-3zM17 10h3v7h-3z"/>'
);
export const cellIcon = drawn(
  'cell',
  '<path d="M4 4h9v2H6v12h7v2H4zM14.5 7.5 19 12l-4.5 4.5-1.4-1.4 2.1-2.1H9v-2h6.2l-2.1-2.1z"/>'
);
export const insertIcon = drawn(
  'insert',
  '<path d="M3 4h18v6H3zm2 2v2h14V6zM11 12h2v3h3v2h-3v3h-2v-3H8v-2h3z"/>'
);
export const chartIcon = drawn(
  'chart',
  '<path d="M3 3h2v16h16v2H3zM7.2 15.6 6 14.2l4.4-4.6 3.4 3 4.8-5.9 1.5 1.3-6.1 7.4-3.5-3.1z"/>'
);
