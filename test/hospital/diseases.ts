/** A result: LOINC code, words, unit, reference range and what this disease does to it. */
export type ResultPlan = readonly [
  code: string,
  text: string,
  unit: string,
  low: number,
  high: number,
  now: number,
];

/** What brings someone in, and what the record shows for it. */
export interface Disease {
  readonly problem: readonly [code: string, text: string];
  readonly others: readonly (readonly [code: string, text: string])[];
  readonly medications: readonly (readonly [text: string, dose: string])[];
  readonly results: readonly ResultPlan[];
  readonly imaging:
    readonly [modality: 'CT' | 'DX' | 'US' | 'MR', description: string, conclusion: string] | null;
}

const wbc = (now: number): ResultPlan => ['6690-2', 'Leukocytes', '10*9/L', 4, 11, now];
const haemoglobin = (now: number): ResultPlan => ['718-7', 'Hemoglobin', 'g/L', 120, 160, now];
const creatinine = (now: number): ResultPlan => ['14682-9', 'Creatinine', 'umol/L', 50, 110, now];
const potassium = (now: number): ResultPlan => ['2823-3', 'Potassium', 'mmol/L', 3.5, 5, now];
const sodium = (now: number): ResultPlan => ['2951-2', 'Sodium', 'mmol/L', 135, 145, now];
const crp = (now: number): ResultPlan => ['1988-5', 'C reactive protein', 'mg/L', 0, 5, now];
const lactate = (now: number): ResultPlan => ['2524-7', 'Lactate', 'mmol/L', 0.5, 2, now];
const glucose = (now: number): ResultPlan => ['14749-6', 'Glucose', 'mmol/L', 4, 7.8, now];

const hypertension = ['38341003', 'Hypertension'] as const;
const diabetes = ['44054006', 'Type 2 diabetes'] as const;
const paracetamol = ['acetaminophen', '650 mg by mouth every 6 h as needed'] as const;
const heparin = ['dalteparin', '5000 units subcutaneously daily'] as const;

/** Diseases by the name that the cast uses. */
export const diseases: Readonly<Record<string, Disease>> = {
  pneumonia: {
    problem: ['233604007', 'Pneumonia'],
    others: [hypertension],
    medications: [['amoxicillin-clavulanate', '875 mg by mouth twice daily'], paracetamol, heparin],
    results: [wbc(13.2), crp(84), creatinine(88), sodium(134), haemoglobin(131)],
    imaging: ['DX', 'Chest X-ray, PA and lateral', 'Right lower lobe consolidation.'],
  },
  heartFailure: {
    problem: ['84114007', 'Heart failure'],
    others: [hypertension, ['49436004', 'Atrial fibrillation']],
    medications: [
      ['furosemide', '40 mg intravenously twice daily'],
      ['bisoprolol', '2.5 mg by mouth daily'],
      ['apixaban', '5 mg by mouth twice daily'],
    ],
    results: [
      ['33762-6', 'NT-proBNP', 'ng/L', 0, 450, 4210],
      creatinine(124),
      potassium(3.3),
      sodium(132),
    ],
    imaging: ['DX', 'Chest X-ray, portable', 'Cardiomegaly, small bilateral effusions.'],
  },
  sepsis: {
    problem: ['91302008', 'Sepsis'],
    others: [diabetes, ['68566005', 'Urinary tract infection']],
    medications: [
      ['meropenem', '1 g intravenously every 8 h'],
      ['lactated Ringer’s', '500 mL bolus'],
      ['insulin lispro', 'sliding scale'],
    ],
    results: [
      lactate(4.6),
      wbc(21.4),
      crp(286),
      creatinine(171),
      potassium(5.4),
      glucose(14.2),
      haemoglobin(108),
    ],
    imaging: ['CT', 'CT abdomen and pelvis', 'Left hydronephrosis with perinephric stranding.'],
  },
  hip: {
    problem: ['5913000', 'Fracture of neck of femur'],
    others: [['64859006', 'Osteoporosis']],
    medications: [paracetamol, heparin, ['hydromorphone', '0.5 mg by mouth every 4 h as needed']],
    results: [haemoglobin(98), sodium(138), creatinine(72)],
    imaging: ['DX', 'X-ray left hip', 'Hemiarthroplasty in good position.'],
  },
  bleed: {
    problem: ['74474003', 'Gastrointestinal hemorrhage'],
    others: [],
    medications: [
      ['pantoprazole', '8 mg/h intravenously'],
      ['tranexamic acid', '1 g intravenously once'],
    ],
    results: [
      haemoglobin(78),
      ['3094-0', 'Urea', 'mmol/L', 2.5, 8, 14.1],
      ['34714-6', 'INR', '1', 0.9, 1.2, 1.3],
    ],
    imaging: null,
  },
  cellulitis: {
    problem: ['128045006', 'Cellulitis'],
    others: [],
    medications: [['cefazolin', '2 g intravenously every 8 h'], paracetamol],
    results: [wbc(12.4), crp(61)],
    imaging: null,
  },
  renal: {
    problem: ['14669001', 'Acute kidney injury'],
    others: [hypertension, diabetes],
    medications: [['sodium bicarbonate', '1 g by mouth three times daily'], heparin],
    results: [creatinine(388), potassium(6.6), sodium(129), haemoglobin(102)],
    imaging: ['US', 'Ultrasound kidneys', 'No obstruction. Increased cortical echogenicity.'],
  },
  migraine: {
    problem: ['37796009', 'Migraine'],
    others: [],
    medications: [['sumatriptan', '50 mg by mouth once'], paracetamol],
    results: [haemoglobin(136), creatinine(64)],
    imaging: ['MR', 'MRI head', 'Normal study.'],
  },
  gallstones: {
    problem: ['235919008', 'Gallstones'],
    others: [],
    medications: [paracetamol, ['ondansetron', '4 mg intravenously every 8 h as needed']],
    results: [
      ['1742-6', 'Alanine aminotransferase', 'U/L', 0, 40, 122],
      ['14631-6', 'Bilirubin', 'umol/L', 0, 21, 38],
      wbc(10.1),
    ],
    imaging: ['US', 'Ultrasound abdomen', 'Multiple gallstones, duct not dilated.'],
  },
  diabetes: {
    problem: diabetes,
    others: [hypertension],
    medications: [
      ['insulin glargine', '18 units at bedtime'],
      ['metformin', '500 mg by mouth twice daily'],
      ['ramipril', '5 mg by mouth daily'],
    ],
    results: [
      glucose(17.8),
      ['59261-8', 'Hemoglobin A1c', '%', 4, 6, 11.2],
      creatinine(79),
      potassium(4.4),
    ],
    imaging: null,
  },
  dvt: {
    problem: ['128053003', 'Deep vein thrombosis'],
    others: [],
    medications: [['rivaroxaban', '15 mg by mouth twice daily']],
    results: [['48065-7', 'D-dimer', 'ug/L', 0, 500, 2890], haemoglobin(144), creatinine(81)],
    imaging: ['US', 'Doppler ultrasound left leg', 'Occlusive thrombus in the popliteal vein.'],
  },
  chestPain: {
    problem: ['29857009', 'Chest pain'],
    others: [],
    medications: [['aspirin', '160 mg by mouth once']],
    results: [['67151-1', 'Troponin T', 'ng/L', 0, 14, 11]],
    imaging: null,
  },
  tuberculosis: {
    problem: ['154283005', 'Pulmonary tuberculosis, suspected'],
    others: [],
    medications: [paracetamol],
    results: [wbc(9.4), crp(33), sodium(133)],
    imaging: ['CT', 'CT chest', 'Cavitating lesion, left upper lobe.'],
  },
  palliative: {
    problem: ['363346000', 'Metastatic cancer'],
    others: [['162607003', 'Terminal illness']],
    medications: [
      ['hydromorphone', '1 mg subcutaneously every 4 h'],
      ['midazolam', '2.5 mg subcutaneously as needed'],
    ],
    results: [],
    imaging: null,
  },
  colitis: {
    problem: ['186431008', 'Clostridioides difficile infection'],
    others: [],
    medications: [
      ['vancomycin', '125 mg by mouth four times daily'],
      ['lactated Ringer’s', '75 mL/h'],
    ],
    results: [
      wbc(18.9),
      crp(142),
      potassium(2.9),
      creatinine(116),
      ['1751-7', 'Albumin', 'g/L', 35, 50, 27],
    ],
    imaging: null,
  },
  asthma: {
    problem: ['195967001', 'Asthma'],
    others: [],
    medications: [
      ['salbutamol', '100 micrograms, 4 puffs every 4 h'],
      ['prednisone', '50 mg by mouth daily'],
    ],
    results: [wbc(11.6), potassium(3.4)],
    imaging: ['DX', 'Chest X-ray, PA', 'Hyperinflated, no consolidation.'],
  },
};
