import { expect, it } from 'vitest';
import type { ModelOption } from '../../engine-session.ts';
import { modelRefOf } from '../../engine.fixture.ts';
import { createLive } from '../../live.ts';
import { cardModel, knownNode } from '../../mesh/known-node.fixture.ts';
import type { MeshModel } from '../../mesh/mesh-view.ts';
import { meshModelsOf } from './mesh-models.ts';
import { withMeshModels } from './model-options.ts';

const guide: ModelOption = { id: 'guide', title: 'Guide', description: '', isRemote: false, ref: modelRefOf('guide') };

it('offers what other nodes serve behind what is here, and keeps it, saying so, when nobody serves it any more', () => {
  const mesh = createLive<readonly MeshModel[]>([]);
  const all = withMeshModels(createLive<readonly [ModelOption, ...ModelOption[]]>([guide]), mesh);
  expect(all.current).toEqual([guide]);

  mesh.set(meshModelsOf([knownNode({ models: [cardModel(), cardModel({ kind: 'embedding' })] })]));
  expect(all.current).toEqual([
    guide,
    expect.objectContaining({ isRemote: true, description: 'On one node of the mesh' }),
  ]);

  mesh.set([]);
  expect(all.current).toEqual([guide, expect.objectContaining({ description: 'Nobody on the mesh serves it now' })]);

  mesh.set(meshModelsOf([knownNode({ name: 'a' }), knownNode({ name: 'b' })]));
  expect(all.current.map(({ description }) => description)).toEqual(['', 'On 2 nodes of the mesh']);
});
