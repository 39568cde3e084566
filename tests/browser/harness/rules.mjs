// What is known of the judge's rules, from the data stream that holds them (XCCDF 1.2): the rules of the CIS profiles for
// servers, their numbers in the benchmark, and a tailoring that leaves some of them out.

const PREFIX = 'xccdf_org.ssgproject.content_rule_';
const PROFILE = 'xccdf_org.ssgproject.content_profile_cis_level2_server';
const LEVEL_1 = 'xccdf_org.ssgproject.content_profile_cis_level1_server';
/** CIS has a page for each release or one for all: the numbers of its benchmarks are told by these. */
const BENCHMARKS = /^https:\/\/www\.cisecurity\.org\/(benchmark\/debian_linux|cis-benchmarks)\/$/;

export class Rules {
  prefix = PREFIX;
  profile = PROFILE;
  #about = new Map();
  #benchmark;

  constructor(datastream) {
    this.#benchmark = datastream.match(/<xccdf-1\.2:Benchmark[^>]* id="([^"]+)"/)[1];
    const [first, both] = [LEVEL_1, PROFILE].map((profile) => selected(datastream, profile));
    const pattern = /<xccdf-1\.2:Rule ([^>]*)>([\s\S]*?)<\/xccdf-1\.2:Rule>/g;
    for (const [, attributes, body] of datastream.matchAll(pattern)) {
      const rule = attributes.match(/id="([^"]+)"/)[1].replace(PREFIX, '');
      if (!both.has(rule)) continue;
      const references = [...body.matchAll(/<xccdf-1\.2:reference href="([^"]+)">([^<]+)</g)];
      this.#about.set(rule, {
        rule,
        title: body.match(/<xccdf-1\.2:title[^>]*>([^<]+)</)[1].trim(),
        severity: attributes.match(/severity="([^"]+)"/)?.[1],
        level: first.has(rule) ? 1 : 2,
        cis: references.filter(([, page]) => BENCHMARKS.test(page)).map(([, , number]) => number),
        // Some are for people to look at: no judge can answer them.
        automated: /<xccdf-1\.2:check system="(?!http:\/\/scap\.nist\.gov\/schema\/ocil)/.test(body),
      });
    }
  }

  /** `{ rule, title, severity, level, cis, automated }` of a rule. */
  about(rule) {
    return this.#about.get(rule) ?? { rule, cis: [] };
  }

  /** Whether the profile of this release has a rule. */
  has(rule) {
    return this.#about.has(rule);
  }

  /** The profile without these rules, as a tailoring (XCCDF 1.2, 6.7). */
  tailoring(without) {
    const unknown = without.filter((rule) => !this.#about.has(rule));
    if (unknown.length > 0) throw new Error(`the judge knows no rule ${unknown.join(', ')}`);
    const selects = without.map((rule) => `    <xccdf:select idref="${PREFIX}${rule}" selected="false"/>`);
    return `<?xml version="1.0" encoding="UTF-8"?>
<xccdf:Tailoring xmlns:xccdf="http://checklists.nist.gov/xccdf/1.2" id="xccdf_org.incamera_tailoring_exceptions">
  <xccdf:benchmark href="rules.xml" id="${this.#benchmark}"/>
  <xccdf:version time="2026-01-01T00:00:00">1</xccdf:version>
  <xccdf:Profile id="${PROFILE}_tailored" extends="${PROFILE}">
    <xccdf:title>CIS Level 2 Server but what is written as an exception</xccdf:title>
${selects.join('\n')}
  </xccdf:Profile>
</xccdf:Tailoring>
`;
  }
}

function selected(datastream, profile) {
  const from = datastream.indexOf(`<xccdf-1.2:Profile id="${profile}"`);
  if (from < 0) throw new Error(`the judge has no profile ${profile}`);
  const text = datastream.slice(from, datastream.indexOf('</xccdf-1.2:Profile>', from));
  const rules = text.matchAll(/<xccdf-1\.2:select idref="([^"]+)" selected="true"/g);
  return new Set([...rules].map(([, id]) => id.replace(PREFIX, '')));
}
