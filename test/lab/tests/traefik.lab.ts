import { describeRoutedStory } from './support/routed-story.ts';
import { theLab } from './support/the-lab.ts';
import { TRAEFIK_PLANE } from './support/traefik-plane.ts';

describeRoutedStory(theLab(), TRAEFIK_PLANE);
