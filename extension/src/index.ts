import { buttons } from './plugins/buttons';
import { commands } from './plugins/commands';
import { dashboards } from './plugins/dashboards';
import { panel } from './plugins/panel';
import { sql } from './plugins/sql';
import { status } from './plugins/status';
import { store } from './plugins/store';

export * from './commands';
export { IQueries } from './store/queries';

export default [store, buttons, panel, status, commands, dashboards, sql];
