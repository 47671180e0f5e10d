import { panel } from './plugins/panel';
import { store } from './plugins/store';

export * from './commands';
export { IQueries } from './store/queries';

export default [store, panel];
