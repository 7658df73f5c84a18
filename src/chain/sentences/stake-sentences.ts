import type { RevertSentences } from '../chain-error.ts';
import { says, time, tokens } from './says.ts';

const ADAPT = 'Choose another value, then try again.';
const HOST = 'Tell whoever hosts this mesh.';

/** Of the token, the registry of nodes and the registry of models. */
export const STAKE_SENTENCES: RevertSentences = {
  ECDSAInvalidSignature: says('The signature is not one.', 'Sign again.'),
  ECDSAInvalidSignatureLength: says('The signature has another length than expected.', 'Sign again.'),
  ECDSAInvalidSignatureS: says('The signature is of a form that is not taken.', 'Sign again with another wallet.'),
  ERC20InsufficientAllowance: ([, allowance, needed]) => ({
    sentence: `The contract may take ${tokens(allowance)} of yours and needs ${tokens(needed)}.`,
    hint: 'Try again: the permission is asked for first.',
  }),
  ERC20InsufficientBalance: ([, balance, needed]) => ({
    sentence: `The wallet holds ${tokens(balance)}; this needs ${tokens(needed)}.`,
    hint: 'Choose a smaller amount, or add tokens first.',
  }),
  ERC20InvalidApprover: says('This account cannot give permissions.', 'Use another account.'),
  ERC20InvalidReceiver: says('Tokens cannot be sent to this address.', 'Check the address.'),
  ERC20InvalidSender: says('Tokens cannot be sent from this address.', 'Use another account.'),
  ERC20InvalidSpender: says('This address cannot be given a permission.', 'Check the address.'),
  ERC2612ExpiredSignature: ([deadline]) => ({
    sentence: `The signed permission ended on ${time(deadline)}.`,
    hint: 'Check the clock of this device, then sign again.',
  }),
  ERC2612InvalidSigner: says('The permission was signed by another account.', 'Sign with the account that pays.'),
  InvalidAccountNonce: says('This permission was used already.', 'Sign a new one.'),
  InvalidShortString: says('A name in the contract is damaged.', HOST),
  StringTooLong: says('A name is too long for the contract.', 'Choose a shorter one.'),
  NoBeneficiary: says('A share of the supply has nobody to go to.', 'Name all five beneficiaries.'),
  SafeERC20FailedOperation: says('The tokens could not be moved.', 'Check the balance, then try again.'),

  AlreadyRegistered: says('This account is registered as a node already.', 'Add to its stake instead.'),
  AlreadyWired: says('The contracts of this network are named already.', 'Nothing is left to do.'),
  BadManifest: says('A model is named twice, or not at all.', 'Choose each model once.'),
  BadMultiaddrs: says('The addresses of this node are too long.', 'Leave some of them out.'),
  BadPeerId: says('The name of this node in the mesh has a wrong length.', 'Reload the page, then try again.'),
  BadRoles: says('A node must be a provider, a validator or both.', 'Choose a role.'),
  BadShare: says('More than all of a stake would be paid out.', HOST),
  CooldownRunning: ([until]) => ({
    sentence: `The stake can be withdrawn from ${time(until)} on.`,
    hint: 'Wait until then.',
  }),
  Frozen: says('Work of this node is not settled yet, so its stake stays.', 'Wait until it is settled.'),
  LockAboveFreeStake: ([, amount, free]) => ({
    sentence: `Of the stake ${tokens(free)} are free; this needs ${tokens(amount)}.`,
    hint: 'Add stake first.',
  }),
  ManifestsWithoutProvider: says('Only providers offer models.', 'Choose the role of a provider.'),
  NoRecipient: says('Part of a stake would go to nobody.', HOST),
  NotDeployer: says('Only whoever set this network up may do this.', 'Use that account.'),
  NotModule: says('Only the contracts of this network may do this.', 'Nothing is left to do.'),
  NotRegistered: says('This account is not registered as a node.', 'Stake first.'),
  NotUnbonding: says('This node is still active.', 'Leave first, then wait for the cooldown.'),
  NotWired: says('This network is not set up to its end yet.', HOST),
  StakeBelowBond: ([stake, bond]) => ({
    sentence: `The stake of ${tokens(stake)} is below the ${tokens(bond)} that this role needs.`,
    hint: 'Stake more.',
  }),
  TooManyManifests: says('A node cannot offer that many models.', 'Choose fewer.'),
  TooManyMultiaddrs: says('A node cannot have that many addresses.', 'Leave some of them out.'),
  Unbonding: says('This node is leaving.', 'Withdraw the stake after the cooldown, then stake anew.'),
  UnlockAboveLock: says('More stake would be freed than is held.', HOST),
  ZeroAmount: says('The amount is zero.', 'Enter an amount above zero.'),
  ZeroModule: says('A contract of the network is missing.', HOST),

  AlreadyPublished: says('This model is published already.', 'Nothing is left to do.'),
  AlreadySuperseded: says('This model has a newer version already.', 'Publish a version after that one.'),
  BadModality: says('The kind of this model is not known.', ADAPT),
  BadTolerance: says('The tolerance of this model is zero or too large.', ADAPT),
  NotModelOwner: says('Another account published this model.', 'Use that account.'),
  NotPublished: says('This model is not published.', 'Publish it first.'),
  ZeroManifest: says('No model was named.', 'Choose a model.'),
  ZeroWeightRoot: says('The model has no fingerprint of its weights.', 'Check its files, then try again.'),
};
