/** What the deployable bundle weighs and how long its top level takes. */
import { alternate, type Bench, type Row } from '../bench.ts';
import { compressedSize, measureStartup } from '../bundle.ts';
import { median } from '../statistics.ts';
import { showTime } from '../table.ts';

/** Cloudflare's limit on every plan; the tokenizer's ranks are assets and not in it. */
const SIZE_LIMIT_KIB = 3 * 1024;

/** Cloudflare's limit for the top level of a Worker, in processor time. */
const STARTUP_LIMIT_MS = 400;

export async function measureBundle({ started, extent }: Bench): Promise<Row[]> {
  const { deployable, baseline } = started.bundles;
  const [size, bareSize] = [compressedSize(deployable) / 1024, compressedSize(baseline) / 1024];
  const times = await alternate(Math.min(extent.starts, 3), [deployable, baseline], (bundle) => measureStartup(bundle));
  const [startup, bareStartup] = times.map(median) as [number, number];
  return [
    {
      figure: 'bundle, compressed',
      measured: `${Math.round(size)} KiB`,
      baseline: `${Math.round(bareSize)} KiB`,
      ratio: (size / bareSize).toFixed(1),
      goal: `within ${SIZE_LIMIT_KIB} KiB`,
      met: size <= SIZE_LIMIT_KIB,
    },
    {
      figure: 'start-up, processor time of the top level',
      measured: showTime(startup),
      baseline: showTime(bareStartup),
      // The bare one's may fall between two samples.
      ratio: bareStartup < 1 ? '' : (startup / bareStartup).toFixed(1),
      goal: `under ${STARTUP_LIMIT_MS} ms`,
      met: startup < STARTUP_LIMIT_MS,
    },
  ];
}
