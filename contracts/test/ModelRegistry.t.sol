// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {ModelRegistry} from "../src/ModelRegistry.sol";
import {Network} from "./support/Network.sol";

contract ModelRegistryTest is Network {
    address private constant ANNA = address(0xAAAA);
    address private constant BERT = address(0xBBBB);
    uint256 private constant FEE = 10;

    ModelRegistry private models;

    function setUp() public {
        deployNetwork();
        models = new ModelRegistry(token, FEE);
        _allow(ANNA);
        _allow(BERT);
    }

    function test_publishingRecordsTheModelAndBurnsTheFee() public {
        uint256 supply = token.totalSupply();
        vm.prank(ANNA);
        models.publish(MANIFEST, _model());
        IModelRegistry.ModelRecord memory record = models.recordOf(MANIFEST);
        assertEq(record.owner, ANNA, "owner");
        assertEq(record.version, 1, "version");
        assertEq(record.model.weightRoot, _model().weightRoot, "weights");
        assertEq(record.model.tolerance.omitted, 300_000, "tolerance");
        assertEq(token.totalSupply(), supply - FEE, "fee burned");
        assertTrue(models.isPublished(MANIFEST), "published");
    }

    function test_aRecordNeverChangesItsOwner() public {
        vm.prank(ANNA);
        models.publish(MANIFEST, _model());
        vm.prank(BERT);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.AlreadyPublished.selector, MANIFEST, ANNA));
        models.publish(MANIFEST, _model());
    }

    function test_onlyTheOwnerSupersedesAndOnce() public {
        bytes32 next = keccak256("next");
        vm.prank(ANNA);
        models.publish(MANIFEST, _model());
        vm.prank(BERT);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NotModelOwner.selector, MANIFEST, BERT));
        models.supersede(MANIFEST, next, _model());
        vm.startPrank(ANNA);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.AlreadyPublished.selector, MANIFEST, ANNA));
        models.supersede(MANIFEST, MANIFEST, _model());
        models.supersede(MANIFEST, next, _model());
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.AlreadySuperseded.selector, MANIFEST, next));
        models.supersede(MANIFEST, keccak256("other"), _model());
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NotPublished.selector, bytes32(uint256(1))));
        models.supersede(bytes32(uint256(1)), keccak256("other"), _model());
        vm.stopPrank();
        assertEq(models.recordOf(MANIFEST).supersededBy, next, "pointer");
        assertEq(models.recordOf(next).version, 2, "version");
        assertEq(models.count(), 2, "count");
        assertEq(models.list(1, 5)[0], next, "listed");
        assertEq(models.list(2, 5).length, 0, "past the end");
    }

    function test_whatMakesNoSenseIsRefused() public {
        IModelRegistry.Model memory model = _model();
        vm.startPrank(ANNA);
        vm.expectRevert(IModelRegistry.ZeroManifest.selector);
        models.publish(0, model);
        model.tolerance.sketch = 1_000_001;
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.BadTolerance.selector, uint32(1_000_001), uint32(1_000_000))
        );
        models.publish(MANIFEST, model);
        model.tolerance.sketch = 0;
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.BadTolerance.selector, uint32(0), uint32(1_000_000)));
        models.publish(MANIFEST, model);
        model.modality = 16;
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.BadModality.selector, uint32(16)));
        models.publish(MANIFEST, model);
        model.weightRoot = 0;
        vm.expectRevert(IModelRegistry.ZeroWeightRoot.selector);
        models.publish(MANIFEST, model);
        vm.stopPrank();
    }

    function _allow(address account) private {
        fund(account, 10 * FEE);
        vm.prank(account);
        token.approve(address(models), 10 * FEE);
    }

    function _model() private pure returns (IModelRegistry.Model memory) {
        return IModelRegistry.Model({
            weightRoot: keccak256("weights"),
            licenceRoot: keccak256("licence"),
            parameters: 600_000_000,
            modality: 1,
            tolerance: IModelRegistry.Tolerance(100_000, 200_000, 300_000)
        });
    }
}
