import { describe, expect, it } from 'vitest';
import { countTensors } from './count-tensors.ts';

const file = (dataPath: string, nbytes: number, records: readonly [string, number[], string][]) => ({
  dataPath,
  nbytes,
  records: records.map(([name, shape, dtype]) => ({ name, shape, dtype })),
});

describe('the totals of a model', () => {
  it('count quantised weights and leave out their scales', () => {
    const index = {
      records: [
        file('params_shard_0.bin', 100, [
          ['model.layers.0.mlp.down_proj.q_weight', [10, 4], 'uint32'],
          ['model.layers.0.mlp.down_proj.q_scale', [10, 1], 'float16'],
        ]),
        file('params_shard_1.bin', 50, [['model.layers.11.input_layernorm.weight', [7], 'float16']]),
      ],
    };
    expect(countTensors(index, 'q4f16_1')).toEqual({
      parameterCount: 10 * 4 * 8 + 7,
      weightBytes: 150,
      layerCount: 12,
      weightPaths: ['params_shard_0.bin', 'params_shard_1.bin'],
    });
  });

  it('count plain weights one by one', () => {
    const index = { records: [file('a.bin', 24, [['transformer.h.2.weight', [2, 3], 'float32']])] };
    expect(countTensors(index, 'q0f32')).toMatchObject({ parameterCount: 6, layerCount: 3 });
  });

  it.each([
    null,
    { records: [] },
    { records: [file('../outside.bin', 1, [])] },
    { records: [file('//host/x', 1, [])] },
  ])('are refused for %j', (index) => {
    expect(() => countTensors(index, 'q0f32')).toThrow(expect.objectContaining({ code: 'model/bad-config' }));
  });
});
