/** The commands of this extension, by their ids. */
export const Commands = {
  show: 'streaming-workbench:show-panel',
  stop: 'streaming-workbench:stop',
  pause: 'streaming-workbench:pause',
  resume: 'streaming-workbench:resume',
  step: 'streaming-workbench:step',
  stopAll: 'streaming-workbench:stop-all',
  dashboard: 'streaming-workbench:open-dashboard',
  chart: 'streaming-workbench:dock-chart',
  chooseDashboard: 'streaming-workbench:choose-dashboard',
  jump: 'streaming-workbench:go-to-cell',
  insert: 'streaming-workbench:insert-handle'
} as const;
