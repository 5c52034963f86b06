import { NOT_A_BRANCH } from '../../api/common-fields.ts';
import { parseDuration } from '../../api/duration.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import type { GitSync } from '../../api/git-sync.ts';
import type { GitTarget } from '../../api/git-target.ts';
import { problemAt } from './problem-at.ts';

const BAD_BRANCH = new RegExp(NOT_A_BRANCH);

/** The rules of a GitSync. */
export function lintGitSync({ spec }: GitSync): readonly FieldProblem[] {
  return [
    ...lintUrl('spec.url', spec.url),
    ...lintBranch('spec.branch', spec.branch),
    ...lintPath('spec.path', spec.path),
    ...(spec.serviceAccountName === undefined || spec.serviceAccountName === ''
      ? [
          problemAt(
            'spec.serviceAccountName',
            spec.serviceAccountName,
            'is missing: GitSync applies only as a service account of its own namespace',
            'name a ServiceAccount that may write what the directory holds',
          ),
        ]
      : []),
    ...(['interval', 'timeout'] as const).flatMap((member) =>
      spec[member] !== undefined && parseDuration(spec[member]) === undefined
        ? [problemAt(`spec.${member}`, spec[member], 'is longer than ten years', 'write a duration such as 1m')]
        : [],
    ),
  ];
}

/** The rules of a GitTarget. */
export function lintGitTarget({ spec }: GitTarget): readonly FieldProblem[] {
  return [
    ...lintUrl('spec.url', spec.url),
    ...lintBranch('spec.branch', spec.branch),
    ...spec.paths.flatMap((path, index) => lintPath(`spec.paths[${index}].prefix`, path.prefix)),
    ...(['name', 'email'] as const).flatMap((member) =>
      /[<>\n\r]/.test(spec.author?.[member] ?? '')
        ? [
            problemAt(
              `spec.author.${member}`,
              spec.author?.[member],
              'holds <, > or a line break',
              'write the plain name and the plain address',
            ),
          ]
        : [],
    ),
  ];
}

/** What a GitTarget asks for that is not done yet. An unsigned commit where a signed one was asked for could freeze a reconciler, so it is refused, never left out. */
export function unsupportedInGitTarget({ spec }: GitTarget): readonly FieldProblem[] {
  return [
    ...(spec.mode === 'PullRequest'
      ? [
          problemAt(
            'spec.mode',
            spec.mode,
            'Unsupported: this version opens no pull requests yet',
            'use Direct on a branch that may be pushed to',
          ),
        ]
      : []),
    ...(spec.signing === undefined
      ? []
      : [
          problemAt(
            'spec.signing',
            undefined,
            'Unsupported: this version signs no commits yet',
            'remove it, or use Abort instead of Revert',
          ),
        ]),
  ];
}

function lintUrl(field: string, url: string): readonly FieldProblem[] {
  if (/^[A-Za-z0-9+.-]+:\/\/[^/@]*:[^/@]*@/.test(url)) {
    return [problemAt(field, url, 'holds a password', 'put user name and password into a Secret and name it in secretRef')];
  }
  if (!url.startsWith('-') && !url.includes('::')) return [];
  return [problemAt(field, url, 'is an option or a transport helper', 'write a plain https://, ssh:// or file:// address')];
}

function lintBranch(field: string, branch: string): readonly FieldProblem[] {
  return BAD_BRANCH.test(branch) ? [problemAt(field, branch, 'is not a branch name', 'write a name such as main or release/1.2')] : [];
}

function lintPath(field: string, path: string | undefined): readonly FieldProblem[] {
  if (path === undefined || (!path.startsWith('/') && !path.split('/').includes('..'))) return [];
  return [
    problemAt(field, path, 'leaves the repository', "write a path relative to the repository's root, without a leading / and without .."),
  ];
}
