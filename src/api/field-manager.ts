/** The one field manager of everything that Sluice writes but what GitSync applies: a reader of managedFields can tell the two apart. */
export const FIELD_MANAGER = 'sluice';
