import { describe, expect, test } from 'vitest';
import { isPublicAddress, readAddress } from '../../../src/platform/fetch/address.ts';

/** One address of every block of the IANA special-purpose registries, and the ends of those that are crossed easily. */
const PRIVATE = [
  '0.0.0.0',
  '0.255.255.255',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '100.100.100.200',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.254',
  '168.63.129.16',
  '169.254.0.23',
  '169.254.169.254',
  '169.254.170.2',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.0.170',
  '192.0.0.192',
  '192.0.2.1',
  '192.31.196.1',
  '192.52.193.1',
  '192.88.99.1',
  '192.168.0.1',
  '192.175.48.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.250',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::7f00:1',
  '::127.0.0.1',
  '::8.8.8.8',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '::ffff:0:127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b::8.8.8.8',
  '64:ff9b:1::a9fe:a9fe',
  '100::1',
  '100:0:0:1::1',
  '200::1',
  '2001::1',
  '2001:0:4136:e378:8000:63bf:80ff:fffe',
  '2001:2::1',
  '2001:3::1',
  '2001:4:112::1',
  '2001:10::1',
  '2001:20::1',
  '2001:30::1',
  '2001:db8::1',
  '2002:7f00:1::1',
  '2002:808:808::1',
  '2606:4700::5efe:10.0.0.1',
  '2606:4700::200:5efe:127.0.0.1',
  '2620:4f:8000::1',
  '3fff::1',
  '4000::1',
  '5f00::1',
  '8000::1',
  'fc00::1',
  'fd00:ec2::254',
  'fd20:ce::254',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
];

/** Spellings that a resolver never gives; who gives them means no good. */
const NO_ADDRESSES = [
  '',
  '127.1',
  '2130706433',
  '0x7f.0.0.1',
  '010.8.8.8',
  '8.8.8.8 ',
  '8.8.8',
  'example.com',
  '2606:4700::1111%1',
  '[::1]',
];

const PUBLIC = ['1.1.1.1', '8.8.8.8', '100.128.0.1', '172.32.0.1', '192.169.0.1', '198.20.0.1', '223.255.255.255'];
const PUBLIC_6 = ['2606:4700:4700::1111', '2a00:1450:4001:82b::200e', '2400:cb00::1', '2001:4860:4860::8888'];

describe('an address', () => {
  test.each([...PRIVATE, ...NO_ADDRESSES])('%j is not of the public internet', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each([...PUBLIC, ...PUBLIC_6])('%s is', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test('is told from a name as the URL parser leaves it', () => {
    expect(readAddress(new URL('http://0x7f.1/').hostname)).toBe('127.0.0.1');
    expect(readAddress(new URL('http://[::ffff:127.0.0.1]/').hostname)).toBe('::ffff:7f00:1');
    expect(readAddress(new URL('http://example.com/').hostname)).toBeNull();
  });
});
