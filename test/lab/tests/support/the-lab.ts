import { type LabFiles, labFiles } from '../../run/lab-files.ts';

/** The files of the lab that this test runs in. */
export function theLab(): LabFiles {
  const directory = process.env['SLUICE_LAB'];
  if (directory === undefined || directory === '')
    throw new Error(
      'this test runs inside a lab: node test/lab/lab-test.ts FILE, or node test/lab/lab.ts exec node --test FILE in one that is up',
    );
  return labFiles(directory);
}
