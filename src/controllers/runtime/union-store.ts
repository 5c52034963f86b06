import type { Store } from '../../kube/store.ts';

/** Several stores of one kind read as one: one watch a namespace when only some namespaces are watched. */
export function unionStore<T>(stores: readonly Store<T>[]): Store<T> {
  const [only] = stores;
  if (stores.length === 1 && only !== undefined) return only;
  return {
    get: (key) => firstOf(stores, (store) => store.get(key)),
    list: () => stores.flatMap((store) => store.list()),
    byIndex: (index, value) => stores.flatMap((store) => store.byIndex(index, value)),
    resourceVersionOf: (key) => firstOf(stores, (store) => store.resourceVersionOf(key)),
    uidOf: (key) => firstOf(stores, (store) => store.uidOf(key)),
  };
}

function firstOf<T, Result>(stores: readonly Store<T>[], read: (store: Store<T>) => Result | undefined): Result | undefined {
  for (const store of stores) {
    const found = read(store);
    if (found !== undefined) return found;
  }
  return undefined;
}
