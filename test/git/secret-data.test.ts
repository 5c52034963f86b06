import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { secretData } from '../../src/controllers/restore/secret-data.ts';

function secret(data?: Readonly<Record<string, string>>) {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'shop-git' }, ...(data === undefined ? {} : { data }) };
}

describe('the entries of a Secret', () => {
  it('are decoded, without the line feed that a file left at the end', () => {
    const entries = secretData(
      secret({ username: Buffer.from('sluice').toString('base64'), password: Buffer.from('pass word\n').toString('base64') }),
    );
    assert.equal(entries?.get('username')?.reveal(), 'sluice');
    assert.equal(entries?.get('password')?.reveal(), 'pass word');
  });

  it('are none for a Secret without data, and undefined only when there is no Secret', () => {
    assert.equal(secretData(secret())?.size, 0);
    assert.equal(secretData(undefined), undefined);
  });
});
