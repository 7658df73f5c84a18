import type { Live } from '../../app.ts';
import type { ModelOption } from '../../engine-session.ts';
import { createLive } from '../../live.ts';
import type { MeshModel } from '../../mesh/mesh-view.ts';
import { meshModelRef } from './mesh-ref.ts';

type Options = readonly [ModelOption, ...ModelOption[]];

/** Models of other nodes that are kept, those that are served first. */
const MAX_REMOTE = 64;

/** What can be picked: the models of this device, then those that chat on other nodes. */
export function withMeshModels(here: Live<Options>, mesh: Live<readonly MeshModel[]>): Live<Options> {
  const all = createLive<Options>(here.current);
  let remote: readonly ModelOption[] = [];
  const tell = () => all.set([...here.current, ...remote]);
  mesh.subscribe((models) => {
    const served = models.filter(({ kind }) => kind === 'chat').map(optionOf);
    // What was there and is gone stays a choice that says so: nobody is moved to another model unasked.
    const gone = remote.filter(({ id }) => served.every((option) => option.id !== id)).map(withoutNodes);
    const next = [...served, ...gone].slice(0, MAX_REMOTE);
    // Speeds and loads change with every card; what can be picked seldom does.
    if (JSON.stringify(next.map(keyOf)) === JSON.stringify(remote.map(keyOf))) return;
    remote = next;
    tell();
  });
  here.subscribe(tell);
  return all;
}

function optionOf(model: MeshModel): ModelOption {
  const ref = meshModelRef(model);
  const nodes = model.providers === 1 ? 'one node' : `${model.providers} nodes`;
  return { id: ref.id, title: model.title, description: `On ${nodes} of the mesh`, isRemote: true, ref };
}

function withoutNodes(option: ModelOption): ModelOption {
  return { ...option, description: 'Nobody on the mesh serves it now' };
}

function keyOf({ id, title, description }: ModelOption): readonly string[] {
  return [id, title, description];
}
